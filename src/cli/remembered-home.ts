/** Remembers the data directory between commands. Loaded only when needed. */
import Conf from 'conf';

interface Remembered {
  home?: string;
}

/**
 * Undefined if nothing is remembered, or the folder can't be read or created. The key file is in the same folder: where
 * that matters, its error names the folder.
 */
export function recallHome(configFolder: string): string | undefined {
  try {
    return openMemory(configFolder).get('home');
  } catch {
    return undefined;
  }
}

/** Throws the file system's error when the folder can't be written. */
export function storeHome(configFolder: string, folder: string): void {
  openMemory(configFolder).set('home', folder);
}

function openMemory(configFolder: string): Conf<Remembered> {
  return new Conf<Remembered>({
    projectName: 'codesubmit-lever',
    cwd: configFolder,
    configFileMode: 0o600,
    clearInvalidConfig: true,
  });
}
