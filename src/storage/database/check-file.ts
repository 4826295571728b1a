/** A process of its own that reads a database file through, so that it can be ended at any moment, and says what it found. */
import { requireSound } from './damage.js';
import { AppError } from '../../domain/errors.js';

/** What the process says last; `damage` is null when there is none. */
export interface FileVerdict {
  damage: string | null;
}

function examine(file: string): FileVerdict {
  try {
    requireSound(file, 'integrity_check');
    return { damage: null };
  } catch (error) {
    if (error instanceof AppError && error.code === 'storage_failed')
      return { damage: error.message };
    throw error;
  }
}

const [, , file = ''] = process.argv;
process.send?.(examine(file));
