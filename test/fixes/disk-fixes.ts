/**
 * Problems with the disk of the data directory: full, nearly full. The disk is a small one in
 * memory.
 */
import type { SmallDisk } from '../support/small-disk.js';
import { does, type Fix } from './fix.js';

const AMPLE_MEGABYTES = 700;
const LOW_MEGABYTES = 60;

/** Set by the test that mounts it. */
export const disk: { mounted: SmallDisk | null } = { mounted: null };

const resize = (megabytes: number) => (): void => disk.mounted?.grow(megabytes);
const ample = resize(AMPLE_MEGABYTES);

export const DISK_FIXES: readonly Fix[] = [
  {
    wrong: 'the disk is full',
    break: () => {
      resize(LOW_MEGABYTES)();
      disk.mounted?.fill();
    },
    look: { status: 'storage_full' },
    says: /The disk of the data directory is full, so nothing can be stored/,
    fix: [
      does(/Free up space on the disk of \//, () => {
        disk.mounted?.free();
        ample();
      }),
    ],
    alsoCovers: ['disk_space'],
  },
  {
    wrong: 'the disk is nearly full',
    break: resize(LOW_MEGABYTES),
    look: { status: 'storage_low' },
    says: /The disk of the data directory is nearly full: \d+ MB free/,
    fix: [does(/Free up space on the disk of \//, ample)],
  },
];
