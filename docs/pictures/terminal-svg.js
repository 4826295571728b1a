// Draws what a terminal shows, colours and all, as an SVG of text: small, sharp at any size, and searchable.

const CELL = { width: 8.4, height: 19 };
const FONT_PX = 14;
const MARGIN = 16;
const INK = '#d7dce2';
const PAPER = '#14171c';
const COLOURS = {
  30: '#6b7280',
  31: '#f28b82',
  32: '#7dc98f',
  33: '#e5c07b',
  34: '#82aaff',
  35: '#c792ea',
  36: '#6fc3df',
  37: INK,
  90: '#8b95a1',
};
const PLAIN = { colour: INK, isBold: false, isDim: false };

/** The style after one SGR code; what isn't known changes nothing. */
function styled(style, code) {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 39) return { ...style, colour: INK };
  return COLOURS[code] === undefined ? style : { ...style, colour: COLOURS[code] };
}

/** The pieces of a line that look alike, each with its first column; parted at gaps, so that columns stay in line. */
function piecesOf(line, begin) {
  const pieces = [];
  let style = begin;
  let column = 0;
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes !== undefined) {
      for (const code of codes.split(';')) style = styled(style, Number(code));
      continue;
    }
    for (const text of part.split(/( {2,})/)) {
      const before = text.length - text.trimStart().length;
      if (text.trim() !== '') pieces.push({ text: text.trim(), column: column + before, style });
      column += [...text].length;
    }
  }
  return { pieces, style };
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function drawPiece({ text, column, style }, y) {
  const { colour, isBold, isDim } = style;
  const x = (MARGIN + column * CELL.width).toFixed(1);
  const length = ([...text].length * CELL.width).toFixed(1);
  const look = [
    colour === INK ? '' : ` fill="${colour}"`,
    isBold ? ' font-weight="bold"' : '',
    isDim ? ' opacity=".65"' : '',
  ].join('');
  return `<text x="${x}" y="${y}" textLength="${length}"${look}>${escapeXml(text)}</text>`;
}

/** `title` is what is read to those who don't see it. */
export function terminalSvg(text, title) {
  const lines = text.split('\n');
  const bare = lines.map((line) => [...line.replace(/\u001b\[[\d;]*m/g, '')].length);
  const width = Math.ceil(2 * MARGIN + Math.max(...bare) * CELL.width);
  const height = 2 * MARGIN + lines.length * CELL.height;
  let style = PLAIN;
  const drawn = lines.flatMap((line, row) => {
    const { pieces, style: end } = piecesOf(line, style);
    style = end;
    const y = MARGIN + row * CELL.height + FONT_PX;
    return pieces.map((piece) => drawPiece(piece, y));
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="${PAPER}"/>`,
    `<g fill="${INK}" font-family="DejaVu Sans Mono,Menlo,Consolas,Liberation Mono,monospace" font-size="${FONT_PX}">`,
    ...drawn,
    '</g></svg>\n',
  ].join('\n');
}
