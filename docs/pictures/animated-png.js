// Writes an animated PNG: 256 colours, and of each frame only the rectangle that differs from the one before.
import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const MOST_COLOURS = 256;

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(data.length, 0);
  sizes.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([sizes.subarray(0, 4), body, sizes.subarray(4)]);
}

function numbers(...values) {
  const data = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => data.writeUInt32BE(value, index * 4));
  return data;
}

/** The most frequent colours, and the index of the nearest of them for every other. */
function makePalette(frames) {
  const counts = new Map();
  for (const { pixels } of frames)
    for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const palette = byCount.slice(0, MOST_COLOURS).map(partsOf);
  const index = new Map(byCount.map((colour) => [colour, nearest(palette, partsOf(colour))]));
  return { palette, index };
}

function partsOf(colour) {
  return [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
}

function nearest(palette, [r, g, b]) {
  let best = 0;
  let least = Infinity;
  palette.forEach(([pr, pg, pb], index) => {
    const distance = (pr - r) ** 2 + (pg - g) ** 2 + (pb - b) ** 2;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

/** Where two frames differ. One pixel when they don't, since a frame needs one. */
function changeOf(before, { pixels, width, height }) {
  if (before === undefined) return { x: 0, y: 0, width, height };
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] === before.pixels[at]) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  }
  if (right < 0) return { x: 0, y: 0, width: 1, height: 1 };
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function pack({ pixels, width }, box, index) {
  const rows = [];
  for (let y = box.y; y < box.y + box.height; y++) {
    rows.push(0);
    for (let x = box.x; x < box.x + box.width; x++) rows.push(index.get(pixels[y * width + x]));
  }
  return deflateSync(Buffer.from(rows), { level: 9 });
}

/** `frames`: `{ pixels: Uint32Array of RGBA, width, height, ms }`, all of one size. It repeats for ever. */
export function animatedPng(frames) {
  const [{ width, height }] = frames;
  const { palette, index } = makePalette(frames);
  const header = Buffer.concat([numbers(width, height), Buffer.from([8, 3, 0, 0, 0])]);
  let sequence = 0;
  const drawn = frames.flatMap((frame, at) => {
    const box = changeOf(frames[at - 1], frame);
    const control = Buffer.concat([
      numbers(sequence++, box.width, box.height, box.x, box.y),
      Buffer.from([frame.ms >> 8, frame.ms & 255, 1000 >> 8, 1000 & 255, 0, 0]),
    ]);
    const data = pack(frame, box, index);
    const image = at === 0 ? ['IDAT', data] : ['fdAT', Buffer.concat([numbers(sequence++), data])];
    return [chunk('fcTL', control), chunk(...image)];
  });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('acTL', numbers(frames.length, 0)),
    chunk('PLTE', Buffer.from(palette.flat())),
    ...drawn,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
