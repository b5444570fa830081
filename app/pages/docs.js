// Addresses are relative to the page, so that a prefix before the service needs no telling.
"use strict";

window.ui = SwaggerUIBundle({
  url: new URL("openapi.json", location.href).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  oauth2RedirectUrl: new URL("docs/oauth2-redirect", location.href).href,
  // Whoever has signed in by the browser calls by cookie, unless tokens were given here.
  requestInterceptor: (request) => {
    if (request.headers.Authorization || request.headers["X-PMA-Token"]) {
      request.credentials = "omit";
    } else {
      request.headers["X-PMA-Browser"] = "1";
    }
    return request;
  },
  // The service's own document needs no judge elsewhere.
  validatorUrl: null,
});
