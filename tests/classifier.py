"""The cascade of the user's documents, as a user types it."""

CLASSIFIER = """\
cascade_id: test_classifier

inputs_schema:
  text: Text to classify

cells:
  - name: classify
    model: google/gemini-2.5-flash-lite

    # ENABLE TRAINING!
    use_training: true
    training_limit: 3
    training_strategy: recent
    training_min_confidence: 0.8
    training_format: xml

    instructions: |
      Classify the following text sentiment as: positive, negative, or neutral

      Text: {{ input.text }}

      Respond with ONLY the category name (positive, negative, or neutral).

    rules:
      max_turns: 1
"""
