"use strict";

const place = document.getElementById("redoc");
Redoc.init(new URL("openapi.json", location.href).href, { nonce: place.dataset.nonce }, place);
