// Reads the simulator's pages and sends their forms over HTTP, as a browser without script would.

export interface ReadPage {
  status: number;
  text: string;
  headers: Headers;
}

export async function readPage(url: string): Promise<ReadPage> {
  const response = await fetch(url, { redirect: 'manual' });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** Sends a form; returns the status and where the browser goes next. */
export async function sendForm(
  url: string,
  fields: Record<string, string | string[]> = {},
  headers: Record<string, string> = {},
) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) body.append(name, one);
  }
  const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
  const goesTo = response.headers.get('location') ?? '';
  return { status: response.status, goesTo, text: await response.text() };
}

/** The content of the first element with this test id, with entities left as they are. */
export function insideOf(text: string, testid: string): string | undefined {
  const [, after] = text.split(new RegExp(`data-testid="${testid}"[^>]*>`));
  return after?.split('<')[0]?.trim();
}

export function countOf(text: string, testid: string): number {
  return text.split(`data-testid="${testid}"`).length - 1;
}
