/** The table of docs/settings.md, made from the table of questions. */
import { QUESTIONS, variableOfQuestion, type Question } from '../../src/cli/questions.js';
import { asWritten, SETTINGS } from '../../src/store/settings/settings.js';

/** By heading, in the order of the help. */
export function settingsTable(): string {
  const sections = Object.entries(QUESTIONS).map(([heading, questions]) => {
    const rows = questions.map((question) => {
      const variable = variableOfQuestion(question);
      const named = question.secret === undefined ? variable : `${variable ?? ''}[_FILE]`;
      const names = [question.flag?.replace(/[<>]/g, ''), named].filter((one) => one !== undefined);
      const value = defaultOf(question);
      const end = value === undefined ? '' : ` (\`${value}\`)`;
      return `- ${names.map((name) => `\`${name}\``).join(', ')}: ${question.help}${end}`;
    });
    return `### ${heading.replace(/:$/, '')}\n\n${rows.join('\n')}\n`;
  });
  return sections.join('\n');
}

/** The default as its flag takes it; undefined where there is none. The map of status numbers starts empty. */
function defaultOf({ setting, initial }: Question): string | undefined {
  if (setting === undefined) return initial;
  const value: unknown = SETTINGS[setting].initial;
  return value === null || setting === 'statusMap' ? undefined : asWritten(setting, value);
}
