"""Networks: the chapter's designs and a learner's own, their graph, what every layer puts out and sees."""
