from app.conversation import Script, conversation


@conversation
def long_form() -> Script:
    """Ask fifty questions."""
    answers: list[str] = []
    for number in range(50):
        answers.append((yield f"Question {number}, after {len(answers)} answers?"))
    return f"{len(answers)} answers."
