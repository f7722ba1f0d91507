namespace Pellucid.Mpi;

/// <summary>An MPI library, or what launched it, did not do what was asked; the message is one line.</summary>
public sealed class MpiException(string message) : IOException(message);
