// The page is whole without this script; it adds this server's address, copy buttons and the state.
'use strict';

for (const place of document.querySelectorAll('.origin')) place.textContent = location.origin;

// navigator.clipboard exists only on https and on localhost; elsewhere we select the text instead.
async function copy(code, button) {
  let done = 'Copied';
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code);
    done = 'Selected';
  }
  button.textContent = done;
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}

for (const line of document.querySelectorAll('.line')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', () => copy(line.querySelector('code'), button));
  line.append(button);
}

const state = document.getElementById('ready');
fetch('/health/ready').then((reply) => {
  state.textContent = reply.ok ? '✓ This server takes data.' : '✗ This server takes no data at the moment.';
  state.className = reply.ok ? 'state good' : 'state bad';
  state.hidden = false;
}).catch(() => {});  // no answer: say nothing rather than something wrong
