/** Mean pseudo-regret at 100 / 300 / 1,000 / 3,000 / 10,000 pulls over seeds 0..199, measured with published libraries on the same world. */
export const published = [
  { task: 'ts-npc3', label: 'Thompson Beta(1,1), npc3, from the vector', at: [5.8, 11.3, 17.3, 21.7, 27.4], seeds: 40 },
  { task: 'sampled-npc3', label: 'the same, one draw per arm', at: [5.8, 11.3, 17.3, 21.7, 27.4] },
  { task: 'ts-cl10', label: 'Thompson Beta(1,1), cl10, from the vector', at: [8.6, 24.6, 65.8, 122.6, 166.6], seeds: 16 },
  { task: 'sampled-cl10', label: 'the same, one draw per arm', at: [8.6, 24.6, 65.8, 122.6, 166.6] },
  { task: 'ucb1-npc3', label: 'UCB1, alpha 1, npc3', at: [7.7, 19.3, 45.3, 86.1, 144.1] },
  { task: 'ucb1-cl10', label: 'UCB1, alpha 1, cl10', at: [8.8, 26.0, 83.1, 228.6, 589.3] },
  { task: 'ucb1-half-npc3', label: 'UCB1, alpha 0.5, npc3', at: [5.8, 12.3, 21.9, 33.3, 47.1] },
  { task: 'ucb1-half-cl10', label: 'UCB1, alpha 0.5, cl10', at: [8.7, 25.1, 72.4, 155.0, 256.8] },
  { task: 'epsilon-npc3', label: 'epsilon-greedy 0.1, npc3', at: [5.4, 12.0, 24.8, 47.2, 117.6] },
];

/** Ours alone, with the most each may lose at 10,000. */
export const own = [
  { task: 'default-npc3', label: 'the default with its cold start, nothing fading, npc3', most: 55, seeds: 60 },
  { task: 'uniform-npc3', label: 'every warm-up draw forced, npc3', seeds: 30 },
  { task: 'half-life-1000-npc3', label: 'the default, half-life 1,000, npc3', seeds: 30 },
];
