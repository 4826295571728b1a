/** Opens the daemon's door for the length of a step; a port that another program holds is no reason to end the sitting. */
import { SetupIngress } from '../../app/setup-ingress.js';
import { AppError } from '../../domain/errors.js';
import { askOne } from './ask.js';
import type { Door } from './await-delivery.js';
import { askPort } from './place-step.js';
import { warn, type WizardContext } from './wizard-context.js';

/** The door is closed when `use` has ended. */
export async function withDoor<T>(
  context: WizardContext,
  use: (door: Door) => Promise<T>,
): Promise<T> {
  const ingress = new SetupIngress(context.house);
  try {
    return await use({ ingress, isOpened: await open(context, ingress) });
  } finally {
    await ingress.close();
  }
}

async function open(context: WizardContext, ingress: SetupIngress): Promise<boolean> {
  for (;;) {
    try {
      return await ingress.open();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
      warn(context, error.message);
    }
    const goesOn = await askOne('What now?', [
      { name: 'Take another port', value: false, description: 'the web server must know it too' },
      { name: 'Go on; what answers there is seen later', value: true },
    ]);
    if (goesOn) return false;
    await askPort(context);
  }
}
