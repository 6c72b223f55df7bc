// Starts Swagger UI on this server's own contract. Nothing is loaded from elsewhere: no validator badge, no
// fonts, no settings taken from the address of the page.
'use strict';

// swagger-ui.css keys its dark colours to this class; we follow what the reader's system says.
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
follow();
dark.addEventListener('change', follow);

window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  validatorUrl: null,
  queryConfigEnabled: false,
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: false,
  withCredentials: false,
});
