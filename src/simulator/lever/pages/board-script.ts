// The board's only script: dropping a card on a column submits the card's form.

export const boardScript = `
let dragged = null;
const stageOf = (event) => event.target.closest?.('.stage');
const unmark = () => document.querySelectorAll('.over').forEach((one) => one.classList.remove('over'));
document.addEventListener('dragstart', (event) => {
  dragged = event.target.closest?.('.card');
  if (!dragged) return;
  event.dataTransfer.setData('text/plain', dragged.dataset.opportunity);
  event.dataTransfer.effectAllowed = 'move';
  dragged.classList.add('dragged');
});
document.addEventListener('dragover', (event) => {
  const stage = stageOf(event);
  if (!dragged || !stage) return;
  event.preventDefault();
  unmark();
  stage.classList.add('over');
});
document.addEventListener('drop', (event) => {
  const stage = stageOf(event);
  if (!dragged || !stage) return;
  event.preventDefault();
  const form = dragged.querySelector('form.move');
  form.elements.stageId.value = stage.dataset.stage;
  form.submit();
});
document.addEventListener('dragend', () => {
  dragged?.classList.remove('dragged');
  dragged = null;
  unmark();
});
`;
