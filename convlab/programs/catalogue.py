"""All programs of the gallery, in the order of the book."""

from convlab.programs import feeding, fitting, training
from convlab.programs.program import Program

_ALL = (*fitting.PROGRAMS, *feeding.PROGRAMS, *training.PROGRAMS)
PROGRAMS: dict[str, Program] = {
    program.name: program for program in sorted(_ALL, key=lambda program: program.section)
}
