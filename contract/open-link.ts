/** The program that opens a link in the person's browser, as argv: never through a shell, which would read `&` and `#` its own way. */
export function openerFor(platform: string, url: string): readonly [file: string, ...args: string[]] {
  if (platform === 'darwin') return ['open', url];
  if (platform === 'win32') return ['rundll32.exe', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}
