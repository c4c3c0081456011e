"""What would make a deploy fail, looked for beforehand: each look yields findings, each finding says what to do."""
