/** Colour and cursor sequences of terminals (ECMA-48 CSI and OSC): meaningless on a screen of text. */
const terminalSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** They reorder or hide what stands around them, so a log line could show another text than it holds. */
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of a foreign program made safe to show: no terminal sequences, no hidden controls. Idempotent. */
export function printable(text: string): string {
  return text
    .replace(terminalSequence, '')
    .replace(controls, (character) => (character <= '\u001f' ? String.fromCodePoint(0x2400 + character.charCodeAt(0)) : '\ufffd'))
    .replace(directions, '\ufffd');
}
