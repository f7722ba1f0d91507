namespace Pellucid.Models.Adapters;

/// <summary>Which parts of a model a configuration means. What it names must be there, and must be something that can be adapted.</summary>
internal static class AdapterTargets
{
    /// <summary>The modules that are adapted.</summary>
    /// <exception cref="ArgumentException">One that is named cannot be.</exception>
    public static IReadOnlyList<AdaptedModule> Of(Gpt gpt, AdapterConfig config)
    {
        var (linear, tables) = (AdaptedModule.Of(gpt).ToArray(), AdaptedTable.Of(gpt).Select(table => table.Name).ToArray());
        var others = AdaptedModule.Others(gpt).Distinct().Except(tables).ToArray();
        foreach (var expert in AdaptedModule.OfExperts(gpt).Distinct())
            if (config.Targets != ModuleNames.AllLinear && config.Targets.Match(expert))
                throw new ArgumentException(
                    $"'target_modules' means {expert}, which is of experts; only what every row meets can be adapted");
        foreach (var entry in config.Targets.List)
            if (!linear.Select(module => module.Name).Concat(tables).Any(name => ModuleNames.IsNamed(name, entry)))
                throw new ArgumentException(others.Any(other => ModuleNames.IsNamed(other, entry))
                    ? $"'target_modules' has '{entry}', which is neither a linear layer nor a table; only those can be adapted"
                    : $"'target_modules' has '{entry}'; the model has no such module, but "
                        + string.Join(", ", linear.Select(module => module.Name.Split('.')[^1]).Distinct()));
        foreach (var other in others)
            if (config.Targets != ModuleNames.AllLinear && config.Targets.List.Count == 0 && config.Targets.Match(other))
                throw new ArgumentException(
                    $"'target_modules' matches {other}, which is neither a linear layer nor a table; only those can be adapted");
        var found = linear.Where(module => config.Adapts(module.Name, gpt.Layout[module.Weight].Layer)).ToArray();
        if (found.Length == 0 && !Tables(gpt, config).Any())
            throw new ArgumentException("'target_modules' matches no module of the model");
        foreach (var twice in found.GroupBy(module => module.Name).Where(group => group.Count() > 1))
            throw new ArgumentException($"module {twice.Key} holds two weights of ours, and cannot be adapted as one");
        return found;
    }

    /// <summary>The tables that are adapted, which a configuration must name.</summary>
    /// <exception cref="ArgumentException">It has something for one that only linear layers have.</exception>
    public static IEnumerable<(string Name, ParameterRole Role)> Tables(Gpt gpt, AdapterConfig config)
    {
        foreach (var table in AdaptedTable.Of(gpt))
        {
            if (config.Targets == ModuleNames.AllLinear || !config.Adapts(table.Name, -1))
                continue;
            if (config.Dora || config.HasBias)
                throw new ArgumentException(
                    $"'{(config.Dora ? "use_dora" : "lora_bias")}' of {table.Name} cannot be computed: it is a table");
            if (config.Saved.Any(entry => ModuleNames.IsNamed(table.Name, entry)))
                throw new ArgumentException($"{table.Name} is in 'target_modules' and in 'modules_to_save'; it can be one of them");
            yield return table;
        }
    }

    /// <summary>Indices of all parameters, but of an output table that a head stands in place of.</summary>
    public static IEnumerable<int> All(Gpt gpt, bool hasHead) => Enumerable.Range(0, gpt.Layout.Count)
        .Where(index => !hasHead || gpt.Layout[index].Role != ParameterRole.OutputTable);

    /// <summary>Indices of parameters that are trained whole.</summary>
    /// <exception cref="ArgumentException">Only a part of one is meant, or the model has none of that name.</exception>
    public static IEnumerable<int> Copied(Gpt gpt, AdapterConfig config, IReadOnlyList<AdaptedLayer> layers)
    {
        var copied = new SortedSet<int>();
        foreach (var entry in config.Saved)
            copied.UnionWith(SavedBy(gpt, entry));
        for (var index = 0; index < gpt.Layout.Count; index++)
            if (IsBias(gpt, index) && (config.Biases == AdapterBiases.All
                || config.Biases == AdapterBiases.LoraOnly && IsAdapted(gpt, index, layers)))
                copied.Add(index);
        return copied;
    }

    private static IEnumerable<int> SavedBy(Gpt gpt, string entry)
    {
        var found = Enumerable.Range(0, gpt.Layout.Count).Where(index => gpt.Config.Family.Pieces(gpt.Layout[index], gpt.Config)
            .Any(piece => ModuleNames.IsNamed(AdaptedModule.ModuleOf(gpt, gpt.Layout[index], piece), entry))).ToArray();
        if (found.Length == 0)
            throw new ArgumentException($"'modules_to_save' has '{entry}'; the model has no such module of its own");
        foreach (var index in found)
        {
            if (gpt.Layout[index].Role == ParameterRole.TokenTable && gpt.Config.TiedOutput)
                throw new ArgumentException(
                    $"'modules_to_save' has '{entry}', which is the output table too; copies of one of the two are not kept");
            if (gpt.Config.Family.Pieces(gpt.Layout[index], gpt.Config).Count() > 1)
                throw new ArgumentException(
                    $"'modules_to_save' has '{entry}', which lies in one weight with others; only whole weights are copied");
        }
        return found;
    }

    private static bool IsBias(Gpt gpt, int index) =>
        gpt.Config.Family.StoredName(gpt.Layout[index]).EndsWith(".bias", StringComparison.Ordinal);

    private static bool IsAdapted(Gpt gpt, int bias, IReadOnlyList<AdaptedLayer> layers)
    {
        var parts = layers.Where(each => gpt.Layout[each.Module.Weight] is var weight
            && weight.Layer == gpt.Layout[bias].Layer && AdaptedModule.BiasOf(weight.Role) == gpt.Layout[bias].Role).ToArray();
        if (parts.Length > 0 && parts.Sum(part => part.Module.Columns) < gpt.Layout[bias].Shape.Count)
            throw new ArgumentException($"'bias' is \"lora_only\", but of the biases that lie in one with those of {parts[0].Module.Name} "
                + "only some are adapted; only whole ones are trained");
        return parts.Length > 0;
    }
}
