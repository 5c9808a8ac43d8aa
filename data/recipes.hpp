// The ten recipes: each draws one garment of its class, as the dice will have it, on a
// cloth that is still black. All numbers in them are units of the cloth: x to the right
// and y down from its middle, 36 to a pixel of the photo.
#pragma once

#include "cloth.hpp"
#include "dice.hpp"

namespace hg::data::recipes {

// tops.cpp
void t_shirt(Cloth& cloth, Dice& dice);
void pullover(Cloth& cloth, Dice& dice);
void dress(Cloth& cloth, Dice& dice);
void coat(Cloth& cloth, Dice& dice);
void shirt(Cloth& cloth, Dice& dice);

// shoes.cpp
void sandal(Cloth& cloth, Dice& dice);
void sneaker(Cloth& cloth, Dice& dice);
void ankle_boot(Cloth& cloth, Dice& dice);

// trouser_and_bag.cpp
void trouser(Cloth& cloth, Dice& dice);
void bag(Cloth& cloth, Dice& dice);

}  // namespace hg::data::recipes
