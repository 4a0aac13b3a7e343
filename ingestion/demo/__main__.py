"""`python -m ingestion.demo` writes the committed sample anew."""

from ingestion.demo.sample import write

if __name__ == "__main__":
    write()
