import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Host, type RestClient, root } from '../support/host.js';
import { takeAway, until } from '../support/processes.js';

/** Agents by the protocol's own library, each with another way to have a conversation back. */
test.describe('another agent takes over a session', () => {
  test.describe.configure({ mode: 'serial' });
  const skills = ['load', 'resume', 'broken', 'none'] as const;
  let dataDir: string;
  let host: Host;
  let api: RestClient;

  test.beforeAll(async () => {
    const agent = join(root, 'e2e/fixtures/agents/keeps-conversations.mjs');
    dataDir = mkdtempSync(join(tmpdir(), 'roost-takeover-'));
    const [keep, shared] = [join(dataDir, 'kept'), join(dataDir, 'shared')];
    for (const folder of [keep, shared]) mkdirSync(folder);
    const template = (skill: string, more = ''): string =>
      `  ${skill}: { command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(agent)}], env: { KEEP_DIR: ${JSON.stringify(keep)}, SKILL: ${skill === 'placed' ? 'load' : skill} }${more} }`;
    const config = [
      'pool: { template: load, size: 1 }',
      'templates:',
      ...skills.map((skill) => template(skill)),
      template('placed', `, cwd: ${JSON.stringify(shared)}`),
    ].join('\n');
    host = new Host({ dataDir, config });
    api = await host.up();
  });
  test.afterAll(async () => {
    await host?.dispose();
    takeAway(dataDir);
  });

  async function start(template: string): Promise<string> {
    const { body } = await api.post('/api/session/start', { userId: `user-${template}`, template });
    await until('a ready session', async () => (await api.get(`/api/session/${body.sessionId}`)).body.session.status === 'ready');
    return body.sessionId;
  }

  async function ask(session: string, text: string) {
    const { body } = await api.post(`/api/session/${session}/turns`, { text });
    const turn = await api.turn(body.turnId);
    expect(turn, turn.error?.message).toMatchObject({ status: 'done' });
    return { turn, said: JSON.parse(turn.text) as { before: string[]; told: boolean; done: string } };
  }

  async function killAgent(session: string): Promise<void> {
    const { agentPid } = (await api.get(`/api/session/${session}`)).body.session;
    process.kill(agentPid, 'SIGKILL');
    await until('another agent', async () => {
      const now = (await api.get(`/api/session/${session}`)).body.session;
      return now.status === 'ready' && now.agentPid !== null && now.agentPid !== agentPid;
    });
  }

  for (const skill of skills) {
    test(`with the skill "${skill}": the files stay, and what was said is known once`, async () => {
      const session = await start(skill);
      await ask(session, 'hello there');
      expect((await ask(session, 'write notes.txt')).said.done).toBe('written');
      const { workspace } = (await api.get(`/api/session/${session}`)).body.session;
      expect(existsSync(join(workspace, 'notes.txt'))).toBe(true);
      await killAgent(session);
      const { turn, said } = await ask(session, 'read notes.txt');
      expect(said.done).toBe('mine');
      const itself = skill === 'load' || skill === 'resume';
      // Either the agent has the conversation itself, or it is told; never both, and nothing of it is shown again.
      expect(said.before).toEqual(itself ? ['hello there', 'write notes.txt'] : []);
      expect(said.told).toBe(!itself);
      expect(turn.text).not.toContain('REPLAYED');
      expect(turn.note).toContain(itself ? 'It has the conversation itself.' : 'It was told the last 2 exchanges.');
      expect((await api.get(`/api/session/${session}`)).body.session.workspace).toBe(workspace);
      // Once more: what the second agent was told or added is there for the third.
      await killAgent(session);
      const third = await ask(session, 'read notes.txt');
      expect(third.said.done).toBe('mine');
      expect(third.said.before).toHaveLength(itself ? 3 : 0);
    });
  }

  test('over a restart of Roost, and in the folder that the operator chose', async () => {
    const session = await start('placed');
    await ask(session, 'write placed.txt');
    expect((await api.get(`/api/session/${session}`)).body.session.workspace).toBe(join(dataDir, 'shared'));
    const loading = (await api.get('/api/sessions')).body.sessions.find((one: { template: string }) => one.template === 'load');
    expect(await host.end('SIGTERM')).toBe(0);
    api = await host.up();
    expect((await ask(session, 'read placed.txt')).said).toEqual({ before: ['write placed.txt'], told: false, done: 'mine' });
    expect((await ask(loading.id, 'read notes.txt')).said).toMatchObject({ told: false, done: 'mine', before: expect.arrayContaining(['hello there']) });
    // What the agent tells of its session is there for a person, from its first moment.
    await expect
      .poll(async () => (await api.get(`/api/session/${loading.id}`)).body.session.about)
      .toMatchObject({
        title: 'About hello there',
        commands: [{ name: 'plan', description: 'Plans first' }],
        context: { used: expect.any(Number), size: 1_000 },
      });
  });
});
