// A process of its own that brings a database to a later schema as the daemon does: under the home's lock.
import { Database } from '../../src/store/database/database.js';
import { waitForLock } from '../../src/store/database/file-lock.js';
import { migrate } from '../../src/store/database/migrate.js';
import { SCHEMA } from '../../src/store/database/schema.js';

const [file, lockFile] = process.argv.slice(2);
const PATIENCE_MS = 60_000;

/** What later versions might do. */
const later = [
  `ALTER TABLE invitations ADD COLUMN shade TEXT NOT NULL DEFAULT 'none';
   CREATE TABLE shades (id INTEGER PRIMARY KEY, invitation_id INTEGER NOT NULL) STRICT;
   INSERT INTO shades (invitation_id) SELECT id FROM invitations;
   UPDATE invitations SET shade = 'grey';`,
  `ALTER TABLE shades ADD COLUMN name TEXT DEFAULT 'grey'`,
];

const lock = await waitForLock(lockFile, PATIENCE_MS);
const database = new Database(file);
migrate(database, file, [...SCHEMA, ...later]);
database.close();
lock.release();
