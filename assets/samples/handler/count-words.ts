import { readFile } from 'node:fs/promises';
import type { Handler } from './roost-handler';

interface Wish {
  readonly files: readonly string[];
}

/** Copy this file into the folder that `handlers.folder` of roost.yaml names: its jobs are called `count-words`. */
const countWords: Handler<Wish> = {
  summary: 'Counts the words of text files and reports them.',
  queue: 'analysis',
  softMs: 30_000,
  hardMs: 60_000,
  retry: 'standard',
  check(data) {
    const files = (data as Partial<Wish> | null)?.files;
    if (!Array.isArray(files) || !files.every((file) => typeof file === 'string')) throw new Error('files must be a list of paths');
    return { files };
  },
  async run(job) {
    const counts: Record<string, number> = {};
    for (const [index, file] of job.data.files.entries()) {
      job.signal.throwIfAborted();
      counts[file] = (await readFile(file, 'utf8')).split(/\s+/).filter(Boolean).length;
      job.log(`${file}: ${counts[file]}`);
      job.progress((index + 1) / job.data.files.length);
    }
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return {
      title: 'Words',
      summary: `${total} words in ${job.data.files.length} files`,
      markdown: ['| file | words |', '|---|---:|', ...Object.entries(counts).map(([file, count]) => `| ${file} | ${count} |`)].join('\n'),
      figures: { words: total },
    };
  },
};

export default countWords;
