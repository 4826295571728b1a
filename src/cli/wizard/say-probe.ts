/** Asks the public address and says what answers; that this machine can't reach it need not mean that Lever can't. */
import { probePublicUrl } from '../../app/probe-public-url.js';
import { good, warn, type WizardContext } from './wizard-context.js';

export async function sayProbe(context: WizardContext, publicUrl: string): Promise<void> {
  const { isReached, sentence } = await probePublicUrl(publicUrl, context.house.http);
  if (isReached) good(context, sentence);
  else warn(context, `${sentence}. Lever may reach it all the same.`);
}
