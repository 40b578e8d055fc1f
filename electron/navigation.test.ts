import { describe, expect, it } from 'vitest';
import { externalAddress, isOwnPage } from './navigation.js';

const own: readonly string[] = ['app://roost/', 'app://roost', 'app://roost/index.html', 'app://roost/?page=pool#top', 'APP://roost/', 'app://roost/a/../b'];

const foreign: readonly string[] = [
  'app://roost.evil/',
  'app://roost.evil',
  'app://evil/roost',
  'app://evilroost/',
  'app:///ui',
  'app:/roost/',
  'app:roost/',
  'APP://UI',
  'app://ROOST/',
  'app://roost:80/',
  'app://roost:0/',
  'app://user@roost/',
  'app://user:pass@roost/',
  'app://roost@evil/',
  'app://evil#@roost/',
  'app://evil?@roost/',
  'app://evil\\@roost/',
  'app://%72oost/',
  'apps://roost/',
  'xapp://roost/',
  'http://roost/',
  'https://roost/',
  'http://app://roost/',
  'http://127.0.0.1:5173/',
  'ws://roost/',
  'javascript:alert(1)',
  'javascript://roost/%0aalert(1)',
  'data:text/html,<script>1</script>',
  'blob:app://roost/5a1c',
  'file:///etc/passwd',
  'file://roost/',
  'filesystem:app://roost/x',
  'view-source:app://roost/',
  'chrome://gpu',
  'devtools://devtools/bundled/inspector.html',
  'about:blank',
  'about:srcdoc',
  '//evil',
  '/relative',
  '',
  ' ',
  'app://',
  `app://roost/${'a'.repeat(1_000_000)}`,
];

describe('isOwnPage', () => {
  it.each(own)('shows %s', (address) => expect(isOwnPage(address)).toBe(true));
  it.each(foreign.map((address) => [address.slice(0, 60), address] as const))('refuses %s', (_, address) => expect(isOwnPage(address)).toBe(false));
});

describe('externalAddress', () => {
  it.each([
    ['https://github.com/redis/redis', 'https://github.com/redis/redis'],
    ['  https://redis.io/docs  ', 'https://redis.io/docs'],
    ['HTTPS://GitHub.com', 'https://github.com/'],
  ])('opens %s', (address, opened) => expect(externalAddress(address)).toBe(opened));

  it.each([
    'http://github.com/',
    'file:///etc/passwd',
    'smb://github.com/share',
    'ms-settings:privacy',
    'javascript:alert(1)',
    'mailto:a@github.com',
    ' https://github.com@evil.example/',
    'https://github.com:pass@evil.example/',
    'https://user@github.com/',
    'https://github.com.evil.example/',
    'https://evil.example/github.com',
    'https://github.com:8443/',
    'https://github.com\n.evil.example/',
    'https://git\thub.com/',
    'https://github.com\\@evil.example/',
    'https://evil.example\\.github.com/',
    'https://gïthub.com/',
    '//github.com/',
    'github.com',
    '',
  ])('refuses %j', (address) => expect(externalAddress(address)).toBeUndefined());

  it('refuses a megabyte', () => expect(externalAddress(`https://github.com/${'a'.repeat(1_000_000)}`)).toBeUndefined());
});
