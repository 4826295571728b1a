/** Alarms: who is notified when something needs attention. */
import { askOne, askSecret } from './ask.js';
import { good, heading, untilItWorks, type WizardContext } from './wizard-context.js';

type Whom = 'webhook' | 'nobody' | 'same';

/** Enter keeps the current answer. */
export async function askAlarms(context: WizardContext): Promise<void> {
  heading(context, 'Alarms');
  const isTold = context.app.configuration.current().alarmUrl !== null;
  const whom = await askOne<Whom>('Who should be notified when something needs you?', [
    ...(isTold ? [{ name: 'The stored webhook', value: 'same' as const }] : []),
    {
      name: 'No one: I’ll check `status`',
      value: isTold ? 'nobody' : 'same',
      description: 'status and doctor show it too',
    },
    {
      name: 'A channel, through an incoming webhook (Slack, Mattermost, …)',
      value: 'webhook',
      description: 'once when something needs you, once when it’s resolved',
    },
  ]);
  if (whom === 'same') return;
  if (whom === 'nobody') {
    await context.session.answerAlarmUrl('none');
    good(context, 'No one is notified.');
    return;
  }
  await untilItWorks(context, async () =>
    context.session.answerAlarmUrl(await askSecret('Address of the webhook')),
  );
  good(context, 'The channel accepted a test message.');
}
