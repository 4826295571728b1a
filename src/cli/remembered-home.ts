/** Remembers the data directory between commands. Loaded only when needed. */
import Conf from 'conf';
import { CONFIG_FOLDER } from '../storage/home/home.js';

interface Remembered {
  home?: string;
}

/** Empty if the folder can't be read or created; if it matters, the key file's error names it. */
export function recallHome(): string | undefined {
  try {
    return openMemory().get('home');
  } catch {
    return undefined;
  }
}

/** Throws the file system's error when the folder can't be written. */
export function storeHome(folder: string): void {
  openMemory().set('home', folder);
}

function openMemory(): Conf<Remembered> {
  return new Conf<Remembered>({
    projectName: 'codesubmit-lever',
    cwd: CONFIG_FOLDER,
    configFileMode: 0o600,
    clearInvalidConfig: true,
  });
}
