// SPDX-License-Identifier: Apache-2.0
// Puts what has changed of the page in its place, every few seconds.
"use strict";

(() => {
	const PERIOD = 5000; // Milliseconds.
	let since = null; // When it stopped answering.

	// Have ${old} be as ${now}: what is open, or has the focus, stays.
	const match = (old, now) => {
		if (old.isEqualNode(now))
			return;
		if (old.nodeName !== now.nodeName) {
			old.replaceWith(document.importNode(now, true));
			return;
		}
		if (old.nodeType !== Node.ELEMENT_NODE) {
			old.nodeValue = now.nodeValue;
			return;
		}
		for (const one of [...old.attributes])
			if (one.name !== "open" && !now.hasAttribute(one.name))
				old.removeAttribute(one.name);
		for (const one of now.attributes)
			if (old.getAttribute(one.name) !== one.value)
				old.setAttribute(one.name, one.value);
		const children = [...old.childNodes];
		now.childNodes.forEach((child, i) => {
			if (i < children.length)
				match(children[i], child);
			else
				old.append(document.importNode(child, true));
		});
		children.slice(now.childNodes.length).forEach((child) =>
			child.remove());
	};

	const show = (text) => {
		const now = new DOMParser().parseFromString(text, "text/html");
		const main = now.getElementById("main");
		if (main === null)
			throw new Error("another page");
		match(document.getElementById("main"), main);
		document.title = now.title;
	};

	const complain = () => {
		since = since ?? new Date();
		document.getElementById("stale").textContent =
			" \u2014 walship has not answered since " +
			since.toLocaleTimeString();
	};

	const refresh = async () => {
		if (document.hidden)
			return;
		try {
			const answer = await fetch("/", { cache: "no-store" });
			if (!answer.ok)
				throw new Error(answer.statusText);
			show(await answer.text());
			since = null;
		} catch {
			complain();
		}
	};

	// A text that is being marked is not to change.
	const tick = async () => {
		if (document.getSelection().isCollapsed)
			await refresh();
		setTimeout(tick, PERIOD);
	};

	document.addEventListener("visibilitychange", refresh);
	setTimeout(tick, PERIOD);
})();
