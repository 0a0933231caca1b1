// Goes on with a session whose access token ran out. Tabs take turns: a refresh token is good once only.
"use strict";
{
  const form = document.getElementById("continue");
  const send = async () => {
    const answer = await fetch("/session", {method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual"});
    const on = answer.type === "opaqueredirect" || answer.ok;
    location.replace(on ? form.elements.next.value : "/sign-in?" + new URLSearchParams({next: form.elements.next.value}));
  };
  if (navigator.locks) navigator.locks.request("cohesin-session", send);
  else send();
}
