/**
 * A separate process that checks a whole database file and reports what it found. Separate, so it
 * can be stopped at any moment.
 */
import { AppError } from '../../domain/errors.js';
import { requireSound } from './judge-file.js';

/** The process's final message; `damage` is null when there is none. */
export interface FileVerdict {
  damage: string | null;
}

/** Checks the file. Damage is a result, null if there is none; any other error, such as no access, ends the process. */
function examine(file: string): FileVerdict {
  try {
    requireSound(file, 'quick_check');
    return { damage: null };
  } catch (error) {
    if (error instanceof AppError && error.code === 'storage_failed')
      return { damage: error.message };
    throw error;
  }
}

const [, , file = ''] = process.argv;
process.send?.(examine(file));
