export type Dimension = 'length' | 'mass' | 'volume' | 'temperature' | 'time' | 'data' | 'speed' | 'area';

/** `factor` and `offset` are decimals or fractions as text, so that conversions stay exact: base = value * factor + offset. */
export interface Unit {
  readonly dimension: Dimension;
  readonly symbol: string;
  readonly factor: string;
  readonly offset?: string;
}

/** name(s) | symbol | factor to the base unit. A name that ends in "s" in the plural is found both ways. */
const rows: Readonly<Record<Exclude<Dimension, 'temperature'>, string>> = {
  // metre
  length: `nanometer nanometre nm|nm|1e-9; micrometer micrometre micron um µm|µm|1e-6; millimeter millimetre mm|mm|0.001; centimeter centimetre cm|cm|0.01;
    decimeter decimetre dm|dm|0.1; meter metre m|m|1; kilometer kilometre km|km|1000; inch inches in ″ "|in|0.0254; foot feet ft ′ '|ft|0.3048; yard yd|yd|0.9144;
    mile mi|mi|1609.344; nautical_mile nmi|nmi|1852; furlong|furlong|201.168; fathom|fathom|1.8288; light_year ly|ly|9460730472580800; astronomical_unit au|au|149597870700`,
  // kilogram
  mass: `microgram ug µg|µg|1e-9; milligram mg|mg|1e-6; gram gramme g|g|0.001; kilogram kilo kg|kg|1; tonne metric_ton t|t|1000; ounce oz|oz|0.028349523125;
    pound lb lbs|lb|0.45359237; stone st|st|6.35029318; ton short_ton|short ton|907.18474; long_ton|long ton|1016.0469088; carat ct|ct|0.0002; grain gr|gr|0.00006479891`,
  // litre
  volume: `milliliter millilitre ml cc|ml|0.001; centiliter centilitre cl|cl|0.01; deciliter decilitre dl|dl|0.1; liter litre l|l|1; hectoliter hectolitre hl|hl|100;
    cubic_meter cubic_metre m3 m³|m³|1000; cubic_centimeter cubic_centimetre cm3 cm³|cm³|0.001; cubic_inch cubic_inches in3|in³|0.016387064; cubic_foot cubic_feet ft3|ft³|28.316846592;
    teaspoon tsp|tsp|0.00492892159375; tablespoon tbsp|tbsp|0.01478676478125; fluid_ounce fl_oz floz|US fl oz|0.0295735295625; cup|US cup|0.2365882365; pint pt|US pt|0.473176473;
    quart qt|US qt|0.946352946; gallon gal us_gallon|US gal|3.785411784; imperial_gallon uk_gallon|imp gal|4.54609; imperial_pint uk_pint|imp pt|0.56826125; barrel bbl|bbl|158.987294928`,
  // second
  time: `nanosecond ns|ns|1e-9; microsecond us µs|µs|1e-6; millisecond ms|ms|0.001; second sec s|s|1; minute min|min|60; hour hr h|h|3600; day d|d|86400; week wk|weeks|604800; fortnight|fortnights|1209600;
    month mo|average months|2629746; quarter|quarters|7889238; year yr|average years|31556952; decade|decades|315569520; century centuries|centuries|3155695200`,
  // byte; case tells a bit (b) from a byte (B)
  data: `bit|bit|0.125; byte B|B|1; kilobit kbit Kb kb|kbit|125; megabit Mbit Mb|Mbit|125000; gigabit Gbit Gb|Gbit|125000000; terabit Tbit Tb|Tbit|125000000000;
    kilobyte kB KB|kB|1000; megabyte MB|MB|1000000; gigabyte GB|GB|1000000000; terabyte TB|TB|1000000000000; petabyte PB|PB|1000000000000000;
    kibibyte KiB|KiB|1024; mebibyte MiB|MiB|1048576; gibibyte GiB|GiB|1073741824; tebibyte TiB|TiB|1099511627776; pebibyte PiB|PiB|1125899906842624`,
  // metre per second
  speed: `meter_per_second metre_per_second meters_per_second metres_per_second m/s mps|m/s|1; kilometer_per_hour kilometre_per_hour kilometers_per_hour kilometres_per_hour km/h kmh kph kmph|km/h|1/3.6; mile_per_hour miles_per_hour mph mi/h|mph|0.44704;
    foot_per_second feet_per_second ft/s fps|ft/s|0.3048; knot kn kt|kn|1852/3600; speed_of_light c|c|299792458`,
  // square metre
  area: `square_millimeter square_millimetre mm2 mm²|mm²|0.000001; square_centimeter square_centimetre cm2 cm²|cm²|0.0001; square_meter square_metre sq_m sqm m2 m²|m²|1; are|a|100; hectare ha|ha|10000;
    square_kilometer square_kilometre sq_km km2 km²|km²|1000000; square_inch square_inches sq_in in2|in²|0.00064516; square_foot square_feet sq_ft sqft ft2 ft²|ft²|0.09290304;
    square_yard sq_yd yd2|yd²|0.83612736; square_mile sq_mi mi2|mi²|2589988.110336; acre ac|acre|4046.8564224`,
};

const temperatures: readonly (readonly [string, Unit])[] = [
  ['kelvin kelvins k', { dimension: 'temperature', symbol: 'K', factor: '1' }],
  ['celsius centigrade c °c degc deg_c degree_celsius degrees_celsius degrees_c', { dimension: 'temperature', symbol: '°C', factor: '1', offset: '273.15' }],
  ['fahrenheit f °f degf deg_f degree_fahrenheit degrees_fahrenheit degrees_f', { dimension: 'temperature', symbol: '°F', factor: '5/9', offset: '45967/180' }],
];

function build(): ReadonlyMap<string, readonly Unit[]> {
  const table = new Map<string, Unit[]>();
  const put = (name: string, unit: Unit): void => {
    const known = table.get(name);
    if (known === undefined) table.set(name, [unit]);
    else if (!known.includes(unit)) known.push(unit);
  };
  for (const [dimension, text] of Object.entries(rows)) {
    for (const row of text.split(';')) {
      const [names = '', symbol = '', factor = ''] = row.split('|').map((part) => part.trim());
      const unit: Unit = { dimension: dimension as Dimension, symbol, factor };
      for (const raw of names.split(' ')) {
        const name = raw.replaceAll('_', ' ');
        put(name, unit);
        if (/^[a-z ]{3,}$/.test(name) && !name.endsWith('s')) put(`${name}s`, unit);
      }
    }
  }
  for (const [names, unit] of temperatures) for (const name of names.split(' ')) put(name.replaceAll('_', ' '), unit);
  return table;
}

const table = build();
const lower = new Map<string, readonly Unit[]>();
for (const [name, units] of table) if (!lower.has(name.toLowerCase())) lower.set(name.toLowerCase(), units);

/** Every unit of that name, as written first (MB is no Mb), then whatever the case; "c" is both Celsius and the speed of light. */
export function unitsNamed(name: string): readonly Unit[] {
  const clean = name.trim().replace(/\.$/, '').replace(/ +/g, ' ');
  return table.get(clean) ?? lower.get(clean.toLowerCase()) ?? [];
}

export const dimensions: readonly Dimension[] = ['length', 'mass', 'volume', 'temperature', 'time', 'data', 'speed', 'area'];
