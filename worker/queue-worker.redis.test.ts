import { describe, expect, it } from 'vitest';
import { jobNames } from '../core/jobs/queues.js';
import { done, keys, node, until, WorkerBench } from './test-worker.js';

const bench = new WorkerBench();

describe('queue worker', () => {
  it('runs the turns of a session one after another, each with reward and suggestion', async () => {
    await bench.submit('t1');
    await bench.submit('t2', { add: false });
    const worker = bench.launch();
    await worker.ready();
    await until(() => worker.asked('t1').length === 1);
    expect(worker.asked('t2')).toEqual([]);
    worker.answer('t1', done('four'));
    await until(() => worker.asked('t2').length === 1);
    worker.answer('t2', done('five'));

    const first = await until(async () => {
      const turn = await bench.turns.get('t1');
      return turn?.suggestion == null ? undefined : turn;
    });
    expect(first).toMatchObject({ status: 'done', text: 'four', arm: 'npc', attempts: 1 });
    await until(async () => (await bench.status('t2')) === 'done');
    const job = await until(async () => {
      const coach = await bench.queues.coach.getJob('coach-t1');
      return coach?.returnvalue == null ? undefined : coach;
    });
    expect(job.returnvalue).toBe(first.suggestion);
    await until(async () => (await bench.arms()).settled === 2);
    expect((await bench.arms()).pulls).toBe(2);
    expect(
      worker
        .ofType('turn')
        .map(({ turn }) => `${turn.id} ${turn.status}`)
        .slice(0, 2),
    ).toEqual(['t1 running', 't1 done']);
    expect(await bench.turns.sessionsWithPending()).toEqual([]);
  });

  it('gives the next turn of the session the priority it was asked with', async () => {
    await bench.submit('t1', { priority: 8 });
    await bench.submit('t2', { add: false, priority: 3 });
    const worker = bench.launch();
    await until(() => worker.asked('t1').length === 1);
    worker.answer('t1', done('four'));
    await until(() => worker.asked('t2').length === 1);
    expect((await bench.queues.turns.getJob('t2'))?.opts.priority).toBe(3);
    worker.answer('t2', done('five'));
  });

  it('answers canaries in every queue and beats with what it holds', async () => {
    const worker = bench.launch();
    await worker.ready();
    for (const name of ['turns', 'coach'] as const) {
      await bench.queues[name].add(jobNames.canary, { nonce: `n-${name}`, queue: `${name}.${node}` }, { removeOnComplete: true });
      await until(async () => (await bench.redis.get(keys.canary(`${name}.${node}`))) === `n-${name}`);
    }
    expect(await bench.redis.pttl(keys.canary(`turns.${node}`))).toBeGreaterThan(0);
    await bench.submit('t1');
    const beat = await until(() => worker.ofType('beat').find((one) => one.busySlots === 1));
    expect(beat).toMatchObject({ incarnation: 3, jobs: [{ queue: 'turns', id: 't1', name: 'turn' }] });
    const next = await until(() => worker.ofType('beat').find((one) => one.seq === beat.seq + 1));
    expect(next.progress).toBeGreaterThan(beat.progress);
    worker.answer('t1', done('x'));
  });

  it('ends a cancelled turn within a second or so', async () => {
    await bench.submit('t1');
    const worker = bench.launch();
    await until(() => worker.asked('t1').length === 1);
    worker.tell({ type: 'cancel', turnId: 't1' });
    worker.answer('t1', { kind: 'cancelled', text: 'half' });
    await until(async () => (await bench.status('t1')) === 'cancelled');
    expect((await bench.turns.get('t1'))?.text).toBe('half');
  });

  it('tries a turn again after a failure that may pass, with the same decision', async () => {
    await bench.submit('t1');
    const worker = bench.launch();
    await until(() => worker.asked('t1').length === 1);
    worker.answer('t1', { kind: 'failed', code: 'agent-failed', message: 'it broke', retryable: true, agentMs: 3 });
    await until(async () => (await bench.queues.turns.getJobState('t1')) === 'delayed');
    expect(await bench.turns.get('t1')).toMatchObject({ status: 'queued', attempts: 1, error: { code: 'agent-failed' } });
    await (await bench.queues.turns.getJob('t1'))?.promote();
    await until(() => worker.asked('t1').length === 2);
    worker.answer('t1', done('four'));
    await until(async () => (await bench.status('t1')) === 'done');
    expect(await bench.turns.get('t1')).toMatchObject({ attempts: 2, error: null });
    expect((await bench.arms()).pulls).toBe(1);
  });

  it('stops at once when the supervisor is gone, and ignores what is not in the contract', async () => {
    const worker = bench.launch();
    await worker.ready();
    worker.tell({ type: 'dance' });
    worker.lose();
    expect(worker.exits).toEqual([1]);
  });
});
