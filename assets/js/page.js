// Runs before the page is drawn, so that nothing jumps: styles that only make sense with scripts hang on this class.
document.documentElement.classList.add("js");
