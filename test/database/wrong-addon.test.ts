/** An addon built for another Node is a sentence with its fix: an admin who upgrades Node meets it first. */
import { expect, it } from 'vitest';
import { toStorageError } from '../../src/storage/database/storage-error.js';

/** Loads a file that is no addon of this Node's, as better-sqlite3 loads its own when it was built for another. */
function loadWrongAddon(): unknown {
  try {
    process.dlopen({ exports: {} }, process.execPath);
    return undefined;
  } catch (error) {
    return error;
  }
}

it('says how to get the addon for this Node', () => {
  const { code, message, hint } = toStorageError(loadWrongAddon());
  expect(code).toBe('configuration');
  expect(message).toContain(process.version);
  expect(hint).toBe('Run: npm ci (in a clone), or install the package again with this Node.');
});
