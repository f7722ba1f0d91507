using System.Runtime.CompilerServices;

namespace Pellucid.Constraints;

/// <summary>Stops what calls itself before the thread's stack ends, which nobody could catch.</summary>
internal static class Depth
{
    /// <exception cref="ConstraintException">The stack is nearly full.</exception>
    public static void Check()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new ConstraintException("the constraint is too complex: its parts lie too deep in one another");
    }
}
