/** Alarms: whom the daemon tells when something needs a person. */
import { askOne, askSecret } from './ask.js';
import { good, heading, untilItWorks, type WizardContext } from './wizard-context.js';

type Whom = 'webhook' | 'nobody' | 'same';

/** Enter changes nothing. */
export async function askAlarms(context: WizardContext): Promise<void> {
  heading(context, 'Alarms');
  const isTold = context.app.configuration.current().alarmUrl !== null;
  const whom = await askOne<Whom>('Who is told when something needs you?', [
    ...(isTold ? [{ name: 'The webhook that is stored', value: 'same' as const }] : []),
    {
      name: 'Nobody: I look at `status`',
      value: isTold ? 'nobody' : 'same',
      description: 'status and doctor say it too',
    },
    {
      name: 'A channel, by an incoming webhook of Slack, Mattermost or the like',
      value: 'webhook',
      description: 'once when something is wrong, and once when it is fixed',
    },
  ]);
  if (whom === 'same') return;
  if (whom === 'nobody') {
    await context.session.answerAlarmUrl('none');
    good(context, 'Nobody is told.');
    return;
  }
  await untilItWorks(context, async () =>
    context.session.answerAlarmUrl(await askSecret('Address of the webhook')),
  );
  good(context, 'A test message was taken there.');
}
