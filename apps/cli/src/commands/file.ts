import { InvalidArgumentError, type Command } from 'commander';
import type { FileGetOptions } from '../verbs/file-get.js';
import type { FilePutOptions } from '../verbs/file-put.js';
import type { FileLsOptions, FileRmOptions } from '../verbs/file-list.js';
import { callOf, notEmpty, orderDryRunHelp, wholeNumber } from './arguments.js';
import { examples } from './examples.js';
import type { VerbCommand } from './verb-command.js';

const checksumHelp = 'its SHA-256, or `sluice:sha256:` and that';

export const fileCommand: VerbCommand = (program, end) => {
  const file = program
    .command('file')
    .description('files of a space, by checksum')
    .addHelpText(
      'after',
      examples('sluice file put calib.tar', 'sluice file ls --space rubin/dm', 'sluice file ls -o ndjson'),
    );
  const verb = (name: string, description: string): Command =>
    file
      .command(name)
      .description(description)
      .option('--space <name>', 'the space that they are in', notEmpty, 'default');
  verb('put', 'keep files; tells their names')
    .argument('<paths...>', 'files')
    .option('--type <type>', 'their media type, such as image/fits', notEmpty)
    .action(async (paths: string[], options: FilePutOptions, command: Command) => {
      const { filePut } = await import('../verbs/file-put.js');
      end(await filePut(callOf(command), paths, options));
    });
  verb('get', 'fetch one, and check it')
    .argument('<checksum>', checksumHelp, checksum)
    .option('--to <path>', 'write it there, whole or not at all; default: to stdout', notEmpty)
    .action(async (sha256: string, options: FileGetOptions, command: Command) => {
      const { fileGet } = await import('../verbs/file-get.js');
      end(await fileGet(callOf(command), sha256, options));
    });
  verb('ls', 'list them, newest first, and how much the space may keep')
    .option('--limit <n>', 'at most so many', wholeNumber({ min: 1, max: 999_999_999 }))
    .action(async (options: FileLsOptions, command: Command) => {
      const { fileLs } = await import('../verbs/file-list.js');
      end(await fileLs(callOf(command), options));
    });
  verb('rm', 'remove files for good')
    .argument('<checksums...>', checksumHelp, (text: string, before: string[] = []) => [...before, checksum(text)])
    .option('--dry-run', orderDryRunHelp, false)
    .action(async (checksums: string[], options: FileRmOptions, command: Command) => {
      const { fileRm } = await import('../verbs/file-list.js');
      end(await fileRm(callOf(command), checksums, options));
    });
};

function checksum(text: string): string {
  const [, sha256] = /^(?:sluice:sha256:)?([0-9a-f]{64})$/.exec(text) ?? [];
  if (sha256 !== undefined) return sha256;
  throw new InvalidArgumentError('Give a SHA-256: 64 hexadecimal digits in lower case.');
}
