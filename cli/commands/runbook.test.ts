import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runbooks } from '../../contract/runbooks.js';
import { CliBench } from '../test-cli.js';

const bench = new CliBench();
beforeEach(() => bench.open());
afterEach(() => bench.close());

describe('roost runbook', () => {
  it('lists every one with its title', async () => {
    const { code, out } = await bench.run(['runbook']);
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(runbooks.length + 1);
    expect(out).toMatch(/^redis-down +Redis does not answer$/m);
    expect(JSON.parse((await bench.run(['runbook', '--json'])).out)).toHaveLength(runbooks.length);
  });

  it.each(runbooks)('%s reads well in a terminal', async (name) => {
    const { code, out } = await bench.run(['runbook', name]);
    expect(code).toBe(0);
    expect(out).toMatch(/^\S.+\n\n\S.+\n\nLook\n\n- /);
    expect(out).toContain('\nDo\n\n- ');
    expect(out).not.toMatch(/\]\(|^#/m);
  });

  it('a name it does not know is bad usage', async () => {
    expect(await bench.run(['runbook', '../../etc/passwd'])).toMatchObject({ code: 2, err: expect.stringContaining('roost runbook lists them') });
  });
});
