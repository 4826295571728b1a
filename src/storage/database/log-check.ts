/** Detects commits in the log that SQLite would skip because earlier bytes have changed. */
import { closeSync, openSync, readSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const BIG_ENDIAN_SUMS = 0x377f0683;
const PAGE_SIZES = [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536];
const DEFAULT_PAGE_SIZE = 4_096;

type Sums = [number, number];

/** The log as far as it was read; `sums` are the checksums of everything valid. */
interface Reading {
  salts: Buffer;
  isBigEndian: boolean;
  sums: Sums;
  isWhole: boolean;
  lost: number;
}

/**
 * The number of commits after the first invalid frame. One may be left from a power cut, of a
 * commit that was never acknowledged. Two mean damage, because each commit is synced before the
 * next one begins. 0 when there is no log.
 */
export function countLostCommits(logFile: string): number {
  const descriptor = openIfThere(logFile);
  if (descriptor === undefined) return 0;
  try {
    return readLog(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function readLog(descriptor: number): number {
  const header = Buffer.alloc(HEADER_BYTES + FRAME_HEADER_BYTES);
  if (readSync(descriptor, header, 0, header.length, 0) < header.length) return 0;
  const reading = readHeader(header);
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + pageBytes(header));
  for (let at = HEADER_BYTES; ; at += frame.length) {
    if (readSync(descriptor, frame, 0, frame.length, at) < frame.length) return reading.lost;
    readFrame(frame, reading);
  }
}

/** A damaged header says nothing; the first frame shows which ones belong together. */
function readHeader(header: Buffer): Reading {
  const isBigEndian = header.readUInt32BE(0) === BIG_ENDIAN_SUMS;
  const sums = addUp(header.subarray(0, 24), [0, 0], isBigEndian);
  const isWhole = isEqual(sums, header, 24);
  const salts = isWhole
    ? header.subarray(16, 24)
    : header.subarray(HEADER_BYTES + 8, HEADER_BYTES + 16);
  return { salts, isBigEndian, sums, isWhole, lost: 0 };
}

function pageBytes(header: Buffer): number {
  const said = header.readUInt32BE(8);
  return PAGE_SIZES.includes(said) ? said : DEFAULT_PAGE_SIZE;
}

function readFrame(frame: Buffer, reading: Reading): void {
  // Frames with other salts are left from before the log restarted.
  const isOfNow = frame.subarray(8, 16).equals(reading.salts);
  if (reading.isWhole && isOfNow) {
    const { sums, isBigEndian } = reading;
    const first = addUp(frame.subarray(0, 8), sums, isBigEndian);
    reading.sums = addUp(frame.subarray(FRAME_HEADER_BYTES), first, isBigEndian);
  }
  reading.isWhole &&= isOfNow && isEqual(reading.sums, frame, 16);
  const isCommit = frame.readUInt32BE(4) > 0;
  if (!reading.isWhole && isOfNow && isCommit) reading.lost += 1;
}

/** SQLite's checksum of the log: https://www.sqlite.org/fileformat2.html#checksum_algorithm */
function addUp(bytes: Buffer, [one, two]: Sums, isBigEndian: boolean): Sums {
  let [first, second] = [one, two];
  for (let at = 0; at < bytes.length; at += 8) {
    const left = isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    const right = isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4);
    first = (first + left + second) >>> 0;
    second = (second + right + first) >>> 0;
  }
  return [first, second];
}

function isEqual([first, second]: Sums, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}
