import { test } from 'vitest';
import { systemClock } from '../../../core/base/clock.js';
import { KnowledgeIndex } from './knowledge-index.js';
test('probe', async () => {
  const index = new KnowledgeIndex({ folders: ['assets/knowledge'], clock: systemClock });
  for (const q of ['how does the warm pool work?', 'what is an arm', 'what happens when Redis dies?', 'how do I resize the pool', 'what is the capital of France', 'how do I rate an answer', 'tell me about session status', 'which exit codes are there', 'who won the football game yesterday', 'explain cold start', 'what does quarantined mean', 'what is Roost', 'how do I add a language model', 'what is a session?', 'banana', 'worker down', 'how do I bake bread', 'what is the price of a pool table']) {
    const a = await index.find(q, 3, new AbortController().signal);
    console.log(q, a.terms, a.passages.map((p) => `${p.section.file}§${p.section.title} ${p.score.toFixed(1)} ${p.coverage}`));
  }
});
