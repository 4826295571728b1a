/** Where it runs: the public address, if any, and where the daemon listens. */
import { parseSetting, settingsFromEnvironment } from '../../storage/settings/settings.js';
import { askOne, askText } from './ask.js';
import { good, heading, type WizardContext } from './wizard-context.js';

function checkBy(name: 'publicUrl' | 'port', flag: string): (text: string) => true | string {
  return (text) => {
    try {
      parseSetting(name, text, flag);
      return true;
    } catch (error) {
      return error instanceof Error ? error.message : 'That doesn’t work.';
    }
  };
}

/** Completes a bare host. */
function completeUrl(text: string): string {
  return text.includes('://') ? text : `https://${text}`;
}

function checkPublicUrl(text: string): true | string {
  const url = completeUrl(text);
  if (text === '' || !url.startsWith('https://'))
    return 'Lever only delivers to https addresses, such as https://hooks.example.com';
  return checkBy('publicUrl', '--public-url')(url);
}

export async function askPlace(context: WizardContext): Promise<void> {
  heading(context, 'Where it runs');
  const { session, io } = context;
  const { publicUrl, host } = session.stored.settings();
  const given = settingsFromEnvironment(context.app.runtime.env);
  if (given.publicUrl !== undefined) {
    const listen = given.port ?? (await askPort(context));
    const where = publicUrl === null ? 'No public address' : `Public at ${publicUrl}`;
    good(context, `${where} (CODESUBMIT_LEVER_PUBLIC_URL), listening on ${host}:${listen}`);
    return;
  }
  const isInUse = context.app.integration.isInUse();
  const isPublic = await askOne(
    'Can Lever reach this machine at a public https address?',
    [
      {
        name: 'Yes, through a reverse proxy',
        value: true,
        description: 'moves are noticed at once',
      },
      {
        name: 'No, or not yet',
        value: false,
        description: 'Lever is checked every few minutes; nothing is lost',
      },
    ],
    !isInUse || publicUrl !== null,
  );
  const address = isPublic
    ? completeUrl(
        await askText('Public address', { initial: publicUrl ?? undefined, check: checkPublicUrl }),
      )
    : 'none';
  await session.changeSettings({ publicUrl: parseSetting('publicUrl', address, '--public-url') });
  const listen = await askPort(context);
  good(
    context,
    isPublic
      ? `Public at ${address}, listening on ${host}:${listen}`
      : `Listening on ${host}:${listen}; no public address`,
  );
  if (isPublic) printProxy(io, new URL(address), `${host}:${listen}`);
}

/** Stores the port and returns it. */
export async function askPort({ session }: WizardContext): Promise<number> {
  const text = await askText('Port for the daemon on this machine', {
    initial: String(session.stored.settings().port),
    check: checkBy('port', '--port'),
  });
  const port = parseSetting('port', text, '--port');
  await session.changeSettings({ port });
  return port;
}

/** A ready configuration block for the two most common proxies. */
function printProxy(io: WizardContext['io'], address: URL, upstream: string): void {
  const base = address.pathname.replace(/\/$/, '');
  const lines = [
    'nginx:',
    ...['/webhooks/', '/oauth/', '/healthz'].map(
      (path) => `  location ${base}${path} { proxy_pass http://${upstream}; }`,
    ),
    'Caddy:',
    `  ${address.host} {`,
    `    reverse_proxy ${upstream}`,
    '  }',
  ];
  for (const line of lines) io.out(io.paint.dim(`  ${line}`));
}
