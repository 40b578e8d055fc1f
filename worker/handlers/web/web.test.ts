import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoostError } from '../../../contract/errors.js';
import { processorMs } from '../../../core/base/test-times.js';
import { isPublicAddress } from './address-rules.js';
import { parseFeed } from './feed.js';
import { pageText, pricesOf, sentencesOf } from './html-text.js';
import { isAllowed, parseRobots } from './robots.js';
import { parseXml } from './xml.js';

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '1.1.1.1'])('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    'localhost',
    '',
    '0x7f.1',
  ])('refuses %j', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('pageText', () => {
  it('reads what a person reads', () => {
    const page = `<!doctype html><html><head><title>Shop &amp; more</title><style>p { color: red }</style><script>if (a < b) { "</p>" }</script></head>
      <body><!-- <p>hidden</p> --><h1>Our <b>new</b> price</h1><p title="a > b">Now &euro;&nbsp;49,90&#33; <br>Was&#x20;59.</p><noscript>no</noscript><ul><li>One<li>Two</ul>2 < 3</body>`;
    expect(pageText(page)).toEqual({ title: 'Shop & more', text: 'Our new price\nNow € 49,90!\nWas 59.\nOne\nTwo\n2 < 3' });
  });
  it('ends on every broken page, with what it has', () => {
    for (const broken of ['<', '<!--', '<script>', '<p', '<p title="', '</', '<!', '&', '&#xFFFFFFF;', '<title>x'])
      expect(pageText(`text ${broken}`).text.startsWith('text')).toBe(true);
  });
  it('is linear on hostile pages', () => {
    const startedMs = processorMs();
    pageText('<a'.repeat(200_000));
    pageText('<script>'.repeat(50_000));
    pageText('<!--'.repeat(100_000));
    expect(processorMs() - startedMs).toBeLessThan(5_000);
  });
});

describe('sentences and prices', () => {
  it('splits at ends of sentences and keeps each once', () => {
    expect(sentencesOf('We ship. We ship. Version 2.5 is out! Really?\nNext line', 10)).toEqual(['We ship.', 'Version 2.5 is out!', 'Really?', 'Next line']);
  });
  it('finds amounts as written', () => {
    expect(pricesOf('from $ 1,299.00 or 49,90 € (EUR 5 is not read), 20 USD, £7 and £7')).toEqual(['$1,299.00', '49,90€', '20USD', '£7']);
  });
});

describe('robots', () => {
  const text = 'User-agent: *\nDisallow: /private\nAllow: /private/open\nCrawl-delay: 2\n\nUser-agent: Roost\nUser-agent: Other\nDisallow: /a*b$\nDisallow:\n';
  it('takes the group of its own name before the one for all', () => {
    expect(isAllowed(parseRobots(text, 'Roost'), '/private')).toBe(true);
    expect(isAllowed(parseRobots(text, 'Else'), '/private/x')).toBe(false);
    expect(isAllowed(parseRobots(text, 'Else'), '/private/open/x')).toBe(true);
    expect(parseRobots(text, 'Else').crawlDelayMs).toBe(2_000);
  });
  it.each([
    ['/ab', false],
    ['/axxb', false],
    ['/axxbc', true],
    ['/b', true],
  ])('reads * and $ for %s', (path, allowed) => expect(isAllowed(parseRobots(text, 'roost'), path)).toBe(allowed));
  it('allows all where nothing is said', () => expect(isAllowed(parseRobots('<html>not found</html>', 'Roost'), '/')).toBe(true));
});

describe('parseXml', () => {
  it('reads elements, attributes, text and CDATA', () => {
    const root = parseXml('\uFEFF<?xml version="1.0"?><!DOCTYPE rss><a x="1 &lt; 2"><n:b>t&amp;u</n:b><![CDATA[<raw>]]><c/></a>');
    expect(root).toMatchObject({ name: 'a', attributes: { x: '1 < 2' }, text: 't&u<raw>', children: [{ name: 'b', text: 't&u' }, { name: 'c' }] });
  });
  it.each([
    ['<a>', 'too early'],
    ['<a></b>', 'closes nothing'],
    ['<a/><b/>', 'second root'],
    ['<a x=1/>', 'quoted'],
    ['text', 'outside'],
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'document type'],
    ['<a>'.repeat(100), 'deeper'],
    ['', 'too early'],
  ])('refuses %j', (source, why) => expect(() => parseXml(source)).toThrow(why));
  it('does not expand entities a document makes up', () => expect(parseXml('<a>&lol;</a>').text).toBe('&lol;'));
});

describe('parseFeed', () => {
  it('reads RSS', () => {
    const feed = parseFeed(`<rss version="2.0"><channel><title>News</title>
      <item><title>First &amp; best</title><link>https://x.test/1</link><guid>g1</guid><pubDate>Tue, 03 Mar 2026 10:00:00 GMT</pubDate>
      <description><![CDATA[<p>Some <b>bold</b> words</p><script>evil()</script>]]></description></item><item/></channel></rss>`);
    expect(feed).toEqual({
      title: 'News',
      items: [{ id: 'g1', title: 'First & best', summary: 'Some bold words', link: 'https://x.test/1', publishedMs: Date.parse('2026-03-03T10:00:00Z') }],
    });
  });
  it('reads Atom and RDF', () => {
    const atom = parseFeed(
      '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><id>e1</id><title type="html">T</title><link rel="self" href="https://x/s"/><link href="https://x/a"/><updated>2026-03-03T10:00:00Z</updated><content>c</content></entry></feed>',
    );
    expect(atom.items[0]).toMatchObject({ id: 'e1', link: 'https://x/a', summary: 'c', publishedMs: Date.parse('2026-03-03T10:00:00Z') });
    expect(parseFeed('<rdf:RDF xmlns:rdf="r"><item><title>T</title><link>https://x/1</link></item></rdf:RDF>').items[0]).toMatchObject({ id: 'https://x/1' });
  });
  it('reads JSON Feed', () => {
    const text = JSON.stringify({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'J',
      items: [{ id: 7, url: 'https://x/7', title: 'S', content_html: '<p>h</p>', date_published: 'nonsense' }],
    });
    expect(parseFeed(text)).toEqual({ title: 'J', items: [{ id: '7', title: 'S', summary: 'h', link: 'https://x/7', publishedMs: null }] });
  });
  it.each(['', '<html><body>sign in</body></html>', '{"a":1}', '{', 'plain'])('refuses %j', (text) => expect(() => parseFeed(text)).toThrow());
});

describe('whatever comes from outside', () => {
  const soup = fc.array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '</',
        '/>',
        '<!--',
        '-->',
        '<![CDATA[',
        ']]>',
        '<?',
        '"',
        "'",
        '=',
        '&',
        '&#x',
        ';',
        '<a',
        '<rss>',
        '<item>',
        '<script>',
        '<title>',
        '{"version":"https://jsonfeed.org/version/1"',
      ),
      fc.string(),
    ),
    { maxLength: 60 },
  );
  it('is text, a feed, or an error that says why', () => {
    fc.assert(
      fc.property(soup, (parts) => {
        const source = parts.join('');
        expect(typeof pageText(source).text).toBe('string');
        parseRobots(source, 'Roost');
        for (const parse of [parseXml, parseFeed]) {
          try {
            parse(source);
          } catch (error) {
            expect(error).toBeInstanceOf(RoostError);
          }
        }
      }),
      { numRuns: 400 },
    );
  });
});
