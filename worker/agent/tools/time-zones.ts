/** Places people name that are no city of the IANA list. */
const places: Readonly<Record<string, string>> = {
  utc: 'UTC',
  gmt: 'UTC',
  'san francisco': 'America/Los_Angeles',
  california: 'America/Los_Angeles',
  seattle: 'America/Los_Angeles',
  'las vegas': 'America/Los_Angeles',
  pacific: 'America/Los_Angeles',
  washington: 'America/New_York',
  'washington dc': 'America/New_York',
  boston: 'America/New_York',
  miami: 'America/New_York',
  atlanta: 'America/New_York',
  philadelphia: 'America/New_York',
  nyc: 'America/New_York',
  eastern: 'America/New_York',
  houston: 'America/Chicago',
  dallas: 'America/Chicago',
  austin: 'America/Chicago',
  texas: 'America/Chicago',
  central: 'America/Chicago',
  montreal: 'America/Toronto',
  ottawa: 'America/Toronto',
  india: 'Asia/Kolkata',
  mumbai: 'Asia/Kolkata',
  delhi: 'Asia/Kolkata',
  'new delhi': 'Asia/Kolkata',
  bangalore: 'Asia/Kolkata',
  kolkata: 'Asia/Kolkata',
  japan: 'Asia/Tokyo',
  osaka: 'Asia/Tokyo',
  kyoto: 'Asia/Tokyo',
  china: 'Asia/Shanghai',
  beijing: 'Asia/Shanghai',
  shenzhen: 'Asia/Shanghai',
  korea: 'Asia/Seoul',
  'south korea': 'Asia/Seoul',
  vietnam: 'Asia/Ho_Chi_Minh',
  hanoi: 'Asia/Ho_Chi_Minh',
  'abu dhabi': 'Asia/Dubai',
  uk: 'Europe/London',
  england: 'Europe/London',
  britain: 'Europe/London',
  scotland: 'Europe/London',
  germany: 'Europe/Berlin',
  munich: 'Europe/Berlin',
  hamburg: 'Europe/Berlin',
  frankfurt: 'Europe/Berlin',
  cologne: 'Europe/Berlin',
  france: 'Europe/Paris',
  spain: 'Europe/Madrid',
  barcelona: 'Europe/Madrid',
  italy: 'Europe/Rome',
  milan: 'Europe/Rome',
  switzerland: 'Europe/Zurich',
  geneva: 'Europe/Zurich',
  netherlands: 'Europe/Amsterdam',
  austria: 'Europe/Vienna',
  poland: 'Europe/Warsaw',
  kyiv: 'Europe/Kyiv',
  kiev: 'Europe/Kyiv',
  ukraine: 'Europe/Kyiv',
  turkey: 'Europe/Istanbul',
  ankara: 'Europe/Istanbul',
  israel: 'Asia/Jerusalem',
  'tel aviv': 'Asia/Jerusalem',
  brazil: 'America/Sao_Paulo',
  'rio de janeiro': 'America/Sao_Paulo',
  argentina: 'America/Argentina/Buenos_Aires',
  canberra: 'Australia/Sydney',
  'cape town': 'Africa/Johannesburg',
  hawaii: 'Pacific/Honolulu',
  alaska: 'America/Anchorage',
};

let cities: ReadonlyMap<string, string> | undefined;

/** The IANA zone of a city ("Tokyo"), a country of one zone ("Japan") or a zone name; undefined when unknown. */
export function zoneFor(place: string): string | undefined {
  const name = place
    .trim()
    .toLowerCase()
    .replace(/^the /, '')
    .replace(/[?.!]+$/, '')
    .replace(/,.*$/, '')
    .replace(/\s+/g, ' ');
  if (Object.hasOwn(places, name)) return places[name];
  cities ??= new Map(
    Intl.supportedValuesOf('timeZone').flatMap((zone): [string, string][] => [
      [zone.toLowerCase(), zone],
      [(zone.split('/').at(-1) ?? zone).replaceAll('_', ' ').toLowerCase(), zone],
    ]),
  );
  return (
    cities.get(name) ??
    cities.get(name.replaceAll(' ', '_')) ??
    (valid(name) ? new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone : undefined)
  );
}

function valid(zone: string): boolean {
  if (!zone.includes('/')) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    // Intl has no other way to say that a zone does not exist.
    return false;
  }
}

/** What a clock and a calendar on the wall of that zone show. */
export function localParts(
  nowMs: number,
  timeZone: string,
): { readonly year: number; readonly month: number; readonly day: number; readonly clock: string; readonly offset: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  });
  const parts = new Map(format.formatToParts(nowMs).map((part) => [part.type, part.value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const offset = part('timeZoneName').replace('GMT', 'UTC');
  return { year: Number(part('year')), month: Number(part('month')), day: Number(part('day')), clock: `${part('hour')}:${part('minute')}`, offset };
}
