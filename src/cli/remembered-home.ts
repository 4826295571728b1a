/** What is remembered between commands and is no secret: where the home is. Loaded only when it is asked for. */
import Conf from 'conf';
import { CONFIG_FOLDER } from '../storage/home/home.js';

interface Remembered {
  home?: string;
}

/** Nothing for a folder that can't be read or made; the key file's own error will name it if it matters. */
export function recallHome(): string | undefined {
  try {
    return openMemory().get('home');
  } catch {
    return undefined;
  }
}

/** Throws what the file system says when the folder can't be written. */
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
