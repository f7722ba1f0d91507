namespace Pellucid.Constraints;

/// <summary>Constraints that were asked for lately: what is asked for again need not be compiled again, and keeps its masks.</summary>
public sealed class ConstraintCache
{
    private const int Most = 32;

    private readonly LinkedList<(string Key, OutputConstraint Constraint)> _latest = new();
    private readonly object _lock = new();

    /// <summary>See <see cref="OutputConstraint.JsonSchema"/>.</summary>
    /// <exception cref="ConstraintException">A keyword is not supported, or nothing is valid.</exception>
    public OutputConstraint JsonSchema(string schema, JsonSchemaOptions? options = null) =>
        Of($"schema {options} {schema}", () => OutputConstraint.JsonSchema(schema, options));

    /// <summary>See <see cref="OutputConstraint.Regex"/>.</summary>
    /// <exception cref="ConstraintException">The expression is damaged, or more than regular.</exception>
    public OutputConstraint Regex(string expression) => Of("regex " + expression, () => OutputConstraint.Regex(expression));

    /// <summary>See <see cref="OutputConstraint.Grammar"/>.</summary>
    /// <exception cref="ConstraintException">The grammar is damaged.</exception>
    public OutputConstraint Grammar(string grammar) => Of("grammar " + grammar, () => OutputConstraint.Grammar(grammar));

    /// <summary>The constraint of that name, made if it is not there.</summary>
    internal OutputConstraint Of(string key, Func<OutputConstraint> compile)
    {
        lock (_lock)
        {
            for (var node = _latest.First; node is not null; node = node.Next)
                if (node.Value.Key == key)
                {
                    _latest.Remove(node);
                    _latest.AddFirst(node);
                    return node.Value.Constraint;
                }
        }
        var constraint = compile(); // not under the lock: others need not wait for it
        lock (_lock)
        {
            _latest.AddFirst((key, constraint));
            if (_latest.Count > Most)
                _latest.RemoveLast();
        }
        return constraint;
    }
}
