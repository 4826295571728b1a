/** The page that a browser shows at the end of a login. */

export interface LoginPage {
  status: number;
  title: string;
  /** One or more lines. */
  text: string;
}

/** The page's own address holds a code: nobody may keep it or be told of it. */
export const LOGIN_PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

export function renderLoginPage({ status, title, text }: LoginPage): string {
  const mark = status === 200 ? '✓' : '!';
  const lines = text
    .split('\n')
    .map((line) => `<p>${escape(line)}</p>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; }
  h1 span { color: ${status === 200 ? '#16803c' : '#b45309'}; }
</style>
<h1><span aria-hidden="true">${mark}</span> ${escape(title)}</h1>
${lines}
</html>
`;
}
