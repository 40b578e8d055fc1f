import type { Exchange, SessionFacts } from '../engine.js';

/**
 * What the built-in responder makes of a sentence. `look-up` means: it may be answered by the documents, and
 * `otherwise` is what to say when it is not.
 */
export type Reply = { readonly kind: 'say'; readonly text: string } | { readonly kind: 'look-up'; readonly otherwise: string };

export interface Conversation {
  readonly history: readonly Exchange[];
  readonly facts: SessionFacts;
}

const maxNotes = 20;
const maxNoteChars = 300;

const say = (text: string): Reply => ({ kind: 'say', text });

const abilities = `I am Roost's built-in responder: a small program with fixed rules, not a language model. I can
- work out sums, units and dates: "15% of 240", "5 miles in km", "days until 2027-01-01"
- search the files of this session and the folders the operator allows: "find files *.md"
- quote the documents in the knowledge folders: "what is the warm pool?"
- remember what you tell me in this session: "my name is Ada", "remember that the demo is on Friday"

For free conversation, add a model to the providers in roost.yaml.`;

type Rule = readonly [RegExp, (match: RegExpExecArray, conversation: Conversation) => Reply | undefined];

const personal = (conversation: Conversation): string => (conversation.facts.name === undefined ? '' : `, ${conversation.facts.name}`);
const group = (match: RegExpExecArray, index: number): string => (match[index] ?? '').trim();

/** Anchored, tried in order, matched against the sentence without its politeness and its closing marks. */
const rules: readonly Rule[] = [
  [
    /^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|moin|servus)(?: there| roost| again| everyone)?$/i,
    (_m, c) =>
      say(
        c.history.length === 0
          ? `Hello${personal(c)}. What can I do for you? Ask "help" to see what I am good at.`
          : `Hello again${personal(c)}. What is next?`,
      ),
  ],
  [
    /^(?:and )?how (?:are you|are things|is it going|do you do|are you doing)(?: today)?$/i,
    () => say('I am up and answering, which is all a program can say about its health. What can I do for you?'),
  ],
  [
    /^(?:thanks?|thank you|thx|cheers|much appreciated|great|perfect|nice|cool|awesome|well done)(?: (?:a lot|so much|very much|for your help|that helps))?$/i,
    (_m, c) => say(`You are welcome${personal(c)}.`),
  ],
  [
    /^(?:bye|goodbye|good night|see you|see you later|cya|farewell)$/i,
    (_m, c) => say(`Goodbye${personal(c)}. The session stays as it is until it is stopped.`),
  ],
  [
    /^(?:help|\?|what can you do|what do you do|what are you able to do|how can you help(?: me)?|what can i ask(?: you)?|commands?|menu|options)$/i,
    () => say(abilities),
  ],
  [
    /^(?:who|what) are you$|^what(?:'s| is) your name$|^(?:are you|is this) (?:an? )?(?:human|person|bot|robot|real|ai|llm|language model|machine|chatgpt|gpt|claude)(?: model)?$/i,
    () =>
      say(
        'I am roost-agent, the agent that ships with Roost. In this answer no language model took part: these are fixed rules, a calculator and a search over documents. Ask "help" to see what I can do.',
      ),
  ],
  [
    /^(?:my name is|my name's|call me|i am called|you can call me) ([\p{L}][\p{L}'’ .-]{0,40})$/iu,
    (m, c) => {
      c.facts.name = group(m, 1).replace(/[.\s]+$/, '');
      return say(`Nice to meet you, ${c.facts.name}. I will remember your name for this session.`);
    },
  ],
  [
    /^[Ii](?:'m| am) (\p{Lu}[\p{L}'’-]{1,30})$/u,
    (m, c) => {
      c.facts.name = group(m, 1);
      return say(`Nice to meet you, ${c.facts.name}. I will remember your name for this session.`);
    },
  ],
  [
    /^(?:what(?:'s| is) my name|who am i|do you (?:know|remember) my name|what am i called)$/i,
    (_m, c) => say(c.facts.name === undefined ? 'You have not told me your name in this session.' : `Your name is ${c.facts.name}.`),
  ],
  [/^(?:remember|note|keep in mind)(?: that|:)? (.{2,300})$/i, (m, c) => remember(group(m, 1), c)],
  [
    /^(?:what (?:do|did) (?:you remember|i (?:ask|tell) you to remember)|what have you noted|(?:show|list)(?: me)? (?:my |the |your )?notes|my notes)$/i,
    (_m, c) =>
      say(
        c.facts.notes.length === 0
          ? 'You have asked me to remember nothing in this session so far.'
          : `You asked me to remember:\n${c.facts.notes.map((note) => `- ${note}`).join('\n')}`,
      ),
  ],
  [
    /^(?:forget (?:everything|it all|all of it|my notes|me))$/i,
    (_m, c) => {
      c.facts.notes.length = 0;
      c.facts.name = undefined;
      return say('Done: your name and your notes are forgotten.');
    },
  ],
  [
    /^what (?:did i (?:just )?(?:say|ask)(?: you)?(?: before| last)?|was my (?:last|previous) (?:question|message|request))$/i,
    (_m, c) => {
      const last = c.history.at(-1);
      return say(last === undefined ? 'This is the first thing you say in this session.' : `Before this you said: "${shortened(last.user)}"`);
    },
  ],
  [
    /^(?:repeat(?: that| it| yourself)?|say (?:that|it) again|what did you (?:just )?say|come again|pardon)$/i,
    (_m, c) => {
      const last = c.history.at(-1);
      return say(last === undefined ? 'I have said nothing in this session so far.' : last.agent);
    },
  ],
  [/^(?:yes|yeah|yep|ok|okay|sure|fine|alright|no|nope|nah|maybe|hm+)$/i, () => say('Noted. Tell me what to do next, or ask "help".')],
  [
    /\bweather\b|\bforecast\b|\bnews\b|\bstock price\b/i,
    () => say('That needs the network, and I answer without one. A provider in roost.yaml can do more; sums, units, dates, files and documents I can do here.'),
  ],
  [
    /^(?:tell me a |a )?joke(?: please)?$/i,
    () => say('A worker was alive, its lock was renewed, and nothing moved. Every dashboard called it healthy. That is the joke.'),
  ],
];

/** Deterministic: the same sentence in the same session gets the same answer. */
export function reply(text: string, conversation: Conversation): Reply {
  const sentence = text.replace(/\s+/g, ' ').trim().slice(0, 2_000).replace(/’/g, "'");
  const bare = sentence
    .replace(/^(?:please|well|so|ok so|hey roost),? /i, '')
    .replace(/,? please$/i, '')
    .replace(/[\s.!?]+$/, '');
  if (bare === '') return say(sentence === '' ? 'That was empty. Ask me something, or "help".' : abilities);
  const greeted = /^(?:hi|hello|hey)(?: there)?[,!.] +(.{2,})$/i.exec(bare);
  for (const candidate of greeted?.[1] === undefined ? [bare] : [bare, greeted[1]]) {
    for (const [pattern, answer] of rules) {
      const match = pattern.exec(candidate);
      const said = match === null ? undefined : answer(match, conversation);
      if (said !== undefined) return said;
    }
  }
  return { kind: 'look-up', otherwise: unknown(sentence, conversation) };
}

function remember(note: string, { facts }: Conversation): Reply {
  facts.notes.push(note.slice(0, maxNoteChars));
  if (facts.notes.length > maxNotes) facts.notes.shift();
  return say(`Noted for this session: ${note.slice(0, maxNoteChars)}`);
}

function unknown(sentence: string, conversation: Conversation): string {
  const asked = /\?$|^(?:who|what|when|where|why|how|which|is|are|do|does|can|could|should)\b/i.test(sentence);
  const start = asked ? 'I do not know the answer to that' : 'I have no rule for that';
  return `${start}${personal(conversation)}, and the documents I can search do not tell either. I am a small built-in responder, no language model: sums, units, dates, file search and the knowledge folders are what I have. With a provider in roost.yaml a model would answer here.`;
}

const shortened = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
